@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const e :Text = "a

struct After {
  first @0 :Text;
}
