@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Int8 = .y; const y :Int32 = 300;

struct After {
  first @0 :Text;
}
