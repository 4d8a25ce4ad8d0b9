@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :Int8 = 5 $foo; b @1 :Text $foo(1) $foo("x"); } annotation foo(*) :Text;

struct After {
  first @0 :Text;
}
