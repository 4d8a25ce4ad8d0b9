@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :Capability = 5;

struct After {
  first @0 :Text;
}
