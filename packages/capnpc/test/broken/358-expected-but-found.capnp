@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Text = "a" 0x"bb";

struct After {
  first @0 :Text;
}
