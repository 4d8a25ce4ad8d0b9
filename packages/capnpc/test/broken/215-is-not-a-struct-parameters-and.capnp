@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I {
  m @0 S -> I;
}
struct S {
}

struct After {
  first @0 :Text;
}
