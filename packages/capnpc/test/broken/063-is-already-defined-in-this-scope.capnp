@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :Int8 = 5;
const a :Int8 = 6;

struct After {
  first @0 :Text;
}
