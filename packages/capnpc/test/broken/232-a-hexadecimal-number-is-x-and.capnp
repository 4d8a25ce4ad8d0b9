@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const f :Int64 = 0X10;

struct After {
  first @0 :Text;
}
