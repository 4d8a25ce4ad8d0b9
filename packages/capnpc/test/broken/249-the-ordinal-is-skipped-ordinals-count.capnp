@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @65535 :Int8; b @0x1 :Int8; c @70000 :Text; }

struct After {
  first @0 :Text;
}
