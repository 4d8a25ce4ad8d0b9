@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :Text = "abc;
const b :Int8 = 5;

struct After {
  first @0 :Text;
}
