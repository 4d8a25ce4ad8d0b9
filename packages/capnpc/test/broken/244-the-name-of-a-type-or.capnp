@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using x = Int32; const f :x = 1;

struct After {
  first @0 :Text;
}
