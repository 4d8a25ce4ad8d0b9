@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct B { x @0 :Int8; x2 @1 :.Foo; y @2 :B.Foo; z @3 :Int8.Foo; w @4 :C.D; } const C :Int8 = 0;

struct After {
  first @0 :Text;
}
