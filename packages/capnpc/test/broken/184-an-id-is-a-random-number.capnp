@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S @0x123 {
}

struct After {
  first @0 :Text;
}
