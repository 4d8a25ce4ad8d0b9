@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Int8 = embed "l1"; const y :Text = embed "l1"; const z :Data = embed "nope";

struct After {
  first @0 :Text;
}
