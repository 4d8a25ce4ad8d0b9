@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @2 :Int8; b @2 :Int8; c @5 :Int8; d @6 :Int8; e@7 :Foo; }

struct After {
  first @0 :Text;
}
