@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :G(Text) = .y; const y :G(Data) = (); struct G(T){ t @0 :T; }

struct After {
  first @0 :Text;
}
