@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct B(T) { a @0 :T.Y; c @1 :T(Text); d @2 :AnyPointer.Foo; }

struct After {
  first @0 :Text;
}
