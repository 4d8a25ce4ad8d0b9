@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const c :Int8 = S;
struct S {
}

struct After {
  first @0 :Text;
}
