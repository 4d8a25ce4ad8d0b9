@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Int8 = a.b; const a :Int8 = 1;

struct After {
  first @0 :Text;
}
