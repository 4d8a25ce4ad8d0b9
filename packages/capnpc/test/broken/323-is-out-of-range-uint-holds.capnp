@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :UInt8 = 256; const y :Int8 = 128; const z :Int8 = -128; const w :Int8 = -129; const v :UInt8 = -1; const u :UInt8 = -0;

struct After {
  first @0 :Text;
}
