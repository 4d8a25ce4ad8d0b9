@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :Void = 0;

struct After {
  first @0 :Text;
}
