@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const f :Text = "abc\q";

struct After {
  first @0 :Text;
}
