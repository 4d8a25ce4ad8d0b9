@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const f :Int8 = 'a';

struct After {
  first @0 :Text;
}
