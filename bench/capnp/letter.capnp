# A letter: few objects, long texts.
@0x9f04b6d27c8ae135;

struct Letter {
  subject @0 :Text;
  sender @1 :Text;
  recipient @2 :Text;
  paragraphs @3 :List(Text);
  sent @4 :Int64;
}
