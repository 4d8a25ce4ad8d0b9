@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I extends(J) extends(K) { } interface J {} interface K {}

struct After {
  first @0 :Text;
}
