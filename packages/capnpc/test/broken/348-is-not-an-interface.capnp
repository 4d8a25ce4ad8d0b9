@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I extends(T) {} interface J(T) extends(T) {} struct T {} interface K extends (I, Nope) {} interface L extends(L){}

struct After {
  first @0 :Text;
}
