@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

enum E {
  A @0;
}

struct After {
  first @0 :Text;
}
