@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S { a @0 :Int8 } struct T { b @0 :Int8 = 7777; c @1 :Foo }

struct After {
  first @0 :Text;
}
