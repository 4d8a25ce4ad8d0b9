@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :Data = 0x"zz";

struct After {
  first @0 :Text;
}
