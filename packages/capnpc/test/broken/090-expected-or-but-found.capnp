@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :S = (a : 1);
struct S {
  a @0 :Int8;
}

struct After {
  first @0 :Text;
}
