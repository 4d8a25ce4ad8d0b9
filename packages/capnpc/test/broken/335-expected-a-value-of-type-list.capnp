@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :List(Int8) = .y; const y :List(Int16) = [1]; 

struct After {
  first @0 :Text;
}
