@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Float32 = .y; const y :Int32 = 300; const z :UInt8 = .w; const w :Int8 = -1;

struct After {
  first @0 :Text;
}
