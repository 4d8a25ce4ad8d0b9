@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Text = 0x"61 62"; const y :List(UInt8) = 0x"61"; const z :List(Int8) = "ab"; const d :Data = [1,2];

struct After {
  first @0 :Text;
}
