@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A $nope {
}

struct After {
  first @0 :Text;
}
