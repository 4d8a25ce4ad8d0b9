@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S { a @0 :G(AnyStruct); } struct G(T) {}

struct After {
  first @0 :Text;
}
