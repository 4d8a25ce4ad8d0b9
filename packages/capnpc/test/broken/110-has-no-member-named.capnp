@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using A = Int8.B;

struct After {
  first @0 :Text;
}
