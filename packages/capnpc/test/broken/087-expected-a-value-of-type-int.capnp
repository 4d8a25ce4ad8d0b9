@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :List(List(Int8)) = [["x"]];

struct After {
  first @0 :Text;
}
