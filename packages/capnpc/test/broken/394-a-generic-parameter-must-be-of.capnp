@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S { a @0 :G(E); } struct G(T) {} enum E {}

struct After {
  first @0 :Text;
}
