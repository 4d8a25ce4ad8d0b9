@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :S = (
  b = 1,
  c = 2);
struct S {
  b @0 :Int8;
}

struct After {
  first @0 :Text;
}
