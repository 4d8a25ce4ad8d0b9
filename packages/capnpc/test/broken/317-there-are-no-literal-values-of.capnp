@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :I = void; interface I {}

struct After {
  first @0 :Text;
}
