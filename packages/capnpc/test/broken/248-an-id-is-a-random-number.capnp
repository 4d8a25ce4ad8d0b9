@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A @0 { a @0 :Int8; }

struct After {
  first @0 :Text;
}
