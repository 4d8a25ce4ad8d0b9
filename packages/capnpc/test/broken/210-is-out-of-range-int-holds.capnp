@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const c :Int8 = .d;
const d :Int16 = 500;

struct After {
  first @0 :Text;
}
