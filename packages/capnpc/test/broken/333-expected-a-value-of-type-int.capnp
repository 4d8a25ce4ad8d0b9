@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Int32 = .y; const y :Float32 = 300;

struct After {
  first @0 :Text;
}
