@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const f :Data = 0x"abc";

struct After {
  first @0 :Text;
}
