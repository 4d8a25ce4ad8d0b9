@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S @0xabcdefabcdef0003 {
}

struct After {
  first @0 :Text;
}
