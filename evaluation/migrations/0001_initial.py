import django.db.models.deletion
import fundmgmt.models.workflow
import fundmgmt.money
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('applications', '0001_initial'),
        ('disbursements', '0001_initial'),
        ('fundmgmt', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('ref', models.CharField(max_length=16, null=True, unique=True)),
                ('opened_at', models.DateTimeField()),
                ('published_version', models.PositiveSmallIntegerField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('state', fundmgmt.models.workflow.WorkflowState(choices=[('gathering', 'gathering'), ('drafting', 'being written'), ('safeguarding_check', 'safeguarding check'), ('validation', 'being validated'), ('published', 'published'), ('retired', 'retired')], db_index=True, default='gathering', editable=False, max_length=32, protected=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.organisation')),
            ],
            options={
                'ordering': ('-opened_at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('thread',), name='case_record_once'), models.CheckConstraint(condition=models.Q(('state__in', ['gathering', 'drafting', 'safeguarding_check', 'validation', 'published', 'retired'])), name='case_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('method', models.CharField(choices=[('desk', 'Papers and phone'), ('visit', 'Visit'), ('survey', 'Survey')], max_length=8, verbose_name='how deep')),
                ('declared_independent', models.BooleanField(default=False)),
                ('summary', models.TextField(blank=True, verbose_name='summary')),
                ('lessons', models.TextField(blank=True, verbose_name='lessons, one a line')),
                ('practice_class', models.PositiveSmallIntegerField(choices=[(1, 'Innovation'), (2, 'Lesson learned'), (3, 'Promising practice'), (4, 'Good practice')], null=True)),
                ('evidence_level', models.PositiveSmallIntegerField(null=True)),
                ('submitted_at', models.DateTimeField(null=True)),
                ('final_at', models.DateTimeField(null=True)),
                ('state', fundmgmt.models.workflow.WorkflowState(choices=[('planned', 'planned'), ('in_progress', 'in progress'), ('submitted', 'handed in, the grantee may correct facts'), ('final', 'final')], db_index=True, default='planned', editable=False, max_length=32, protected=True)),
                ('evaluator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disbursements.grant')),
                ('second', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.UniqueConstraint(fields=('grant',), name='evaluation_once'), models.CheckConstraint(condition=models.Q(('evidence_level__isnull', True), ('evidence_level__lte', 5), _connector='OR'), name='evidence_ladder'), models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'in_progress', 'submitted', 'final'])), name='evaluation_state_known')],
            },
        ),
        migrations.CreateModel(
            name='MilestoneCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verified', models.BooleanField()),
                ('checked_date', models.DateField()),
                ('evidence', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disbursements.grant')),
                ('milestone', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.milestone')),
                ('paper', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.paper')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('no', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('progress', 'Progress report'), ('final', 'Final report')], max_length=8)),
                ('period_start', models.DateField()),
                ('period_end', models.DateField()),
                ('due_date', models.DateField()),
                ('submitted_at', models.DateTimeField(blank=True, help_text='first time it was handed in', null=True)),
                ('resubmitted_at', models.DateTimeField(blank=True, help_text='last time it was handed in', null=True)),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('done', models.TextField(blank=True, verbose_name='What was done?')),
                ('not_done', models.TextField(blank=True, verbose_name='What was planned and not done?')),
                ('why', models.TextField(blank=True, verbose_name='Why?')),
                ('children_and_families', models.TextField(blank=True, verbose_name='What changed for children and families?')),
                ('safeguarding', models.TextField(blank=True, verbose_name='How were children kept safe in the project?')),
                ('money', models.TextField(blank=True, verbose_name='What should we know about the money?')),
                ('learning', models.TextField(blank=True, verbose_name='What did you learn?')),
                ('next_steps', models.TextField(blank=True, verbose_name='What comes next?')),
                ('spending_given', models.BooleanField(default=False, editable=False)),
                ('state', fundmgmt.models.workflow.WorkflowState(choices=[('due', 'to be written'), ('draft', 'being written'), ('submitted', 'handed in'), ('sent_back', 'sent back'), ('accepted', 'accepted')], db_index=True, default='due', editable=False, max_length=32, protected=True)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disbursements.grant')),
            ],
            options={
                'ordering': ('due_date', 'id'),
                'constraints': [models.UniqueConstraint(fields=('grant', 'no'), name='report_number_once'), models.CheckConstraint(condition=models.Q(('period_end__gte', models.F('period_start'))), name='report_period_forward'), models.CheckConstraint(condition=models.Q(('state__in', ['due', 'draft', 'submitted', 'sent_back', 'accepted'])), name='report_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('visit', 'Programme visit'), ('spot_check', 'Spot check'), ('phone', 'Check by phone')], max_length=12)),
                ('rule', models.CharField(max_length=48)),
                ('limit_minor', models.BigIntegerField(default=0, help_text="the rule's amount on the day it spoke")),
                ('planned_date', models.DateField()),
                ('done_date', models.DateField(blank=True, null=True)),
                ('finding', models.TextField(blank=True)),
                ('satisfactory', models.BooleanField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disbursements.grant')),
            ],
            options={
                'ordering': ('planned_date', 'id'),
                'constraints': [models.UniqueConstraint(fields=('grant', 'kind'), name='visit_once')],
            },
        ),
        migrations.CreateModel(
            name='Expenditure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line_no', models.PositiveSmallIntegerField()),
                ('spent_minor', fundmgmt.money.MinorField()),
                ('note', models.TextField(blank=True, help_text='why it differs from the budget by more than a tenth')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expenditures', to='evaluation.report')),
            ],
            options={
                'ordering': ('line_no',),
                'constraints': [models.UniqueConstraint(fields=('report', 'line_no'), name='expenditure_once'), models.CheckConstraint(condition=models.Q(('spent_minor__gte', 0)), name='expenditure_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='FactCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='evaluation.evaluation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='IndicatorValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numerator', models.BigIntegerField(blank=True, null=True)),
                ('denominator', models.BigIntegerField(blank=True, null=True)),
                ('lost_to_follow_up', models.PositiveIntegerField(blank=True, null=True)),
                ('method', models.CharField(choices=[('registered', 'counted from a register'), ('survey', 'asked in a survey'), ('estimated', 'estimated')], default='registered', max_length=12)),
                ('note', models.TextField(blank=True)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.indicator')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='values', to='evaluation.report')),
            ],
            options={
                'ordering': ('indicator__code',),
                'constraints': [models.UniqueConstraint(fields=('report', 'indicator'), name='value_once'), models.CheckConstraint(condition=models.Q(('numerator__isnull', True), ('numerator__gte', 0), _connector='OR'), name='value_numerator_not_negative'), models.CheckConstraint(condition=models.Q(('denominator__isnull', True), ('denominator__gt', 0), _connector='OR'), name='value_denominator_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Moment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=96)),
                ('at', models.DateTimeField()),
                ('to_state', models.CharField(blank=True, max_length=32)),
                ('case_record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moments', to='evaluation.caserecord')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.journalentry')),
            ],
            options={
                'ordering': ('at', 'entry_id'),
                'indexes': [models.Index(fields=['case_record', 'at'], name='moment_story')],
            },
        ),
        migrations.CreateModel(
            name='PracticeText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('written_at', models.DateTimeField()),
                ('language', models.CharField(choices=[('fr', 'Français'), ('sw', 'Kiswahili'), ('en', 'English')], max_length=2, verbose_name='language of the text')),
                ('title_en', models.CharField(max_length=160, verbose_name='title in English')),
                ('title_fr', models.CharField(max_length=160, verbose_name='title in French')),
                ('title_sw', models.CharField(max_length=160, verbose_name='title in Swahili')),
                ('summary_en', models.TextField(blank=True, verbose_name='in short, in English')),
                ('summary_fr', models.TextField(blank=True, verbose_name='in short, in French')),
                ('summary_sw', models.TextField(blank=True, verbose_name='in short, in Swahili')),
                ('context', models.TextField(verbose_name='where it happens')),
                ('problem', models.TextField(verbose_name='the problem')),
                ('steps', models.JSONField(default=list, verbose_name='steps, one a line')),
                ('inputs', models.TextField(blank=True, verbose_name='people and things needed')),
                ('results', models.JSONField(blank=True, default=list, verbose_name='results in words, one a line')),
                ('what_failed', models.TextField(blank=True, verbose_name='what did not work')),
                ('unexpected', models.TextField(blank=True, verbose_name='what nobody expected')),
                ('lessons', models.JSONField(blank=True, default=list, verbose_name='lessons, one a line')),
                ('adaptations', models.TextField(blank=True, verbose_name='how to adapt it')),
                ('safeguards', models.TextField(blank=True, verbose_name='how children are kept safe')),
                ('people_served', models.PositiveIntegerField(blank=True, null=True, verbose_name='people the cost is shared by')),
                ('cost_basis', models.CharField(choices=[('children', 'grant spent plus cash co-finance, for each child served'), ('trained', 'grant spent plus cash co-finance, for each person trained, young adults included'), ('supported', 'grant spent plus cash co-finance, for each child supported')], default='children', max_length=12, verbose_name='basis of the cost')),
                ('consent_organisation', models.BooleanField(default=False, verbose_name='the organisation agrees in writing')),
                ('consent_note', models.CharField(blank=True, max_length=300, verbose_name='consent for pictures and words')),
                ('place_level', models.CharField(choices=[('province', 'province only'), ('territory', 'city or territory'), ('commune', 'commune')], max_length=12, verbose_name='how near the place is named')),
                ('licence', models.CharField(default='CC BY 4.0', max_length=16)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case_record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='evaluation.caserecord')),
            ],
            options={
                'ordering': ('number',),
                'constraints': [models.UniqueConstraint(fields=('case_record', 'number'), name='practice_version_once')],
            },
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criterion', models.CharField(max_length=8)),
                ('score', models.PositiveSmallIntegerField(null=True)),
                ('evidence_level', models.PositiveSmallIntegerField()),
                ('reason', models.TextField()),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='evaluation.evaluation')),
            ],
            options={
                'ordering': ('criterion',),
                'constraints': [models.UniqueConstraint(fields=('evaluation', 'criterion'), name='rating_once'), models.CheckConstraint(condition=models.Q(('score__isnull', True), models.Q(('score__gte', 1), ('score__lte', 6)), _connector='OR'), name='rating_one_to_six'), models.CheckConstraint(condition=models.Q(('score__isnull', True), ('evidence_level__gte', 1), _connector='OR'), name='rating_needs_evidence'), models.CheckConstraint(condition=models.Q(('evidence_level__lte', 5)), name='rating_evidence_ladder')],
            },
        ),
        migrations.CreateModel(
            name='ReplicabilityScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(max_length=8)),
                ('score', models.PositiveSmallIntegerField()),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='evaluation.evaluation')),
                ('scorer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('item', 'scorer'),
                'constraints': [models.UniqueConstraint(fields=('evaluation', 'scorer', 'item'), name='replicability_once'), models.CheckConstraint(condition=models.Q(('score__lte', 4)), name='replicability_scale')],
            },
        ),
        migrations.CreateModel(
            name='Replication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thread', models.UUIDField(unique=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case_record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replications', to='evaluation.caserecord')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=32)),
                ('place', models.PositiveSmallIntegerField(default=0, help_text='position, when the fact is a list')),
                ('number', models.BigIntegerField(null=True)),
                ('code', models.CharField(blank=True, max_length=64)),
                ('moment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='evaluation.moment')),
            ],
            options={
                'ordering': ('key', 'place'),
                'constraints': [models.UniqueConstraint(fields=('moment', 'key', 'place'), name='figure_once')],
            },
        ),
        migrations.CreateModel(
            name='IndicatorCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('facet', models.CharField(choices=[('sex', 'Girls and boys, women and men'), ('age', 'Age'), ('disability', 'Disability')], max_length=12)),
                ('code', models.CharField(max_length=8)),
                ('numerator', models.BigIntegerField()),
                ('denominator', models.BigIntegerField(blank=True, null=True)),
                ('value', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='evaluation.indicatorvalue')),
            ],
            options={
                'ordering': ('facet', 'code'),
                'constraints': [models.UniqueConstraint(fields=('value', 'facet', 'code'), name='cell_once'), models.CheckConstraint(condition=models.Q(('numerator__gte', 0)), name='cell_not_negative'), models.CheckConstraint(condition=models.Q(('denominator__isnull', True), ('denominator__gte', models.F('numerator')), _connector='OR'), name='cell_part_of_whole')],
            },
        ),
        migrations.CreateModel(
            name='PracticeTagUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tag', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fundmgmt.practicetag')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tag_uses', to='evaluation.practicetext')),
            ],
            options={
                'ordering': ('tag__facet', 'tag__position'),
                'constraints': [models.UniqueConstraint(fields=('text', 'tag'), name='practice_tag_once')],
            },
        ),
    ]
