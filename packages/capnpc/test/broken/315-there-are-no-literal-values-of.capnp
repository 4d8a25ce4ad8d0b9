@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :AnyList = [1];

struct After {
  first @0 :Text;
}
