@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct G(T, U) {
}
struct S {
  a @0 :G(Text);
}

struct After {
  first @0 :Text;
}
