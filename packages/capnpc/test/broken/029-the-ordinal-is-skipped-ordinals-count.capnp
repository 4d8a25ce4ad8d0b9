@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

enum E {
  a @1;
}

struct After {
  first @0 :Text;
}
