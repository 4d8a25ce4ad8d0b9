@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Float32 = 00.5; const y :Float32 = 012.5; const z :Float32 = 09e1;

struct After {
  first @0 :Text;
}
