@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A(T) { using t = T; using u = List(Text); }

struct After {
  first @0 :Text;
}
