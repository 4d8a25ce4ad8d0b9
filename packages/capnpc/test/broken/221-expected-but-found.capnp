@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

enum E {
  f @0 :Int8;
}

struct After {
  first @0 :Text;
}
