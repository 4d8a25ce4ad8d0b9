@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :Text(Int8); b @1 :A(Text); c @2 :B; d @3 :B(Int8); e @4 :B(Text,Text); f @5 :B(Text)(Text); } struct B(T) {}

struct After {
  first @0 :Text;
}
