@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :Int8 = embed "no such file";

struct After {
  first @0 :Text;
}
