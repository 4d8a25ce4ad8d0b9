@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const fOo :Int32 = 5 ; const f_o :Int32 = 1; const Foo :Int32 = 1;

struct After {
  first @0 :Text;
}
