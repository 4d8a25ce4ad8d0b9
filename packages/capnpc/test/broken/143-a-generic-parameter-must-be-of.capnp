@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct G(T) {
}
struct S {
  a @0 :G(E);
}
enum E {
}

struct After {
  first @0 :Text;
}
