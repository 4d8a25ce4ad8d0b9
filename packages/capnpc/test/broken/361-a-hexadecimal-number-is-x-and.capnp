@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Float32 = 0x1.5;

struct After {
  first @0 :Text;
}
