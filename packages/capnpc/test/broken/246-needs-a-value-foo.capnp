@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation foo(field, struct) :Int8; struct A $foo { a @0 :Int8 $foo(); }

struct After {
  first @0 :Text;
}
